// Tells the documentation page how signing in went. Not by its opener, of which nothing is left when a person came by an
// identity provider's pages; only pages of this origin hear it, and the code is worth nothing without their verifier.
const told = Object.fromEntries(new URLSearchParams(location.search));
history.replaceState(null, "", location.pathname);
new BroadcastChannel("taskyard-documentation").postMessage(told);
window.close();
