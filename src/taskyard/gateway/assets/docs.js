// Opens Swagger UI on the gateway's own document; nothing is loaded from or sent to another host.
SwaggerUIBundle({
  url: "/api/v1/openapi.json",
  dom_id: "#documentation",
  deepLinking: true,
  docExpansion: "none",
  displayRequestDuration: true,
  persistAuthorization: false,
  validatorUrl: null,
});
