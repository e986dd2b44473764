// Asks the device for a new passkey and sends what it made. Browsers that cannot do so keep the note instead of the form.
const form = document.getElementById('new-passkey');
const canRead = window.PublicKeyCredential && PublicKeyCredential.parseCreationOptionsFromJSON;
if (canRead && PublicKeyCredential.prototype.toJSON) {
  form.hidden = false;
  document.getElementById('no-script').hidden = true;
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(JSON.parse(form.dataset.options));
    try {
      form.elements.credential.value = JSON.stringify(await navigator.credentials.create({ publicKey }));
    } catch (refusal) {
      form.dataset.refused = refusal.name; // the person has thought better of it, or the device has one or refused
      document.getElementById('refused').hidden = false;
      return;
    }
    form.submit();
  });
}
