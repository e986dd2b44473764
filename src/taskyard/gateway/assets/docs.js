// Opens Swagger UI on the gateway's own document; nothing is loaded from or sent to another host.
const ui = SwaggerUIBundle({
  url: "/api/v1/openapi.json",
  dom_id: "#documentation",
  deepLinking: true,
  docExpansion: "none",
  displayRequestDuration: true,
  persistAuthorization: false,
  validatorUrl: null,
  oauth2RedirectUrl: location.origin + "/api/docs/oauth2-redirect.html",
  // The document names the public address; whoever opened this page by another name asks where the page came from.
  requestInterceptor: (request) => {
    const asked = new URL(request.url, location.href);
    request.url = location.origin + asked.pathname + asked.search;
    return request;
  },
});

// This page is a client that every Taskyard knows; what it may is asked of the person, and kept until the page is closed.
ui.initOAuth({
  clientId: "00000000-0000-7000-8000-0000000d0c50",
  usePkceWithAuthorizationCodeGrant: true,
  scopes: "account:read workspaces:read projects:read tasks:read",
});

// The window in which the person was asked comes back here (oauth2-redirect.js).
new BroadcastChannel("taskyard-documentation").onmessage = ({ data }) => {
  const asked = window.swaggerUIRedirectOauth2;
  if (!asked || !data.state || data.state !== asked.state) return;
  if (!data.iss || new URL(data.iss).origin !== location.origin) return;
  delete asked.state; // an answer counts once
  if (data.code) {
    asked.auth.code = data.code;
    asked.callback({ auth: asked.auth, redirectUrl: asked.redirectUrl });
  } else {
    const message = data.error_description || data.error;
    asked.errCb({ authId: asked.auth.name, source: "auth", level: "error", message });
  }
};
