// Asks the device for a passkey and sends what it signed. Browsers that cannot do so never see the button.
const form = document.getElementById('passkey');
const canRead = window.PublicKeyCredential && PublicKeyCredential.parseRequestOptionsFromJSON;
if (canRead && PublicKeyCredential.prototype.toJSON) {
  form.hidden = false;
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(JSON.parse(form.dataset.options));
    try {
      const credential = await navigator.credentials.get({ publicKey });
      form.elements.credential.value = JSON.stringify(credential);
    } catch (refusal) {
      form.dataset.refused = refusal.name; // the person has thought better of it, or the device refused
      return;
    }
    form.submit();
  });
}
