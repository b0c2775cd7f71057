// Swagger UI, from the portal's own files, on the portal's own schema.
const place = document.querySelector("#api-docs");

window.SwaggerUIBundle({
  domNode: place,
  url: place.dataset.schema,
  deepLinking: true,
  docExpansion: "list",
  defaultModelsExpandDepth: 0,
  supportedSubmitMethods: ["get"],
  // The validator would be asked at swagger.io.
  validatorUrl: null,
  // The page has its own heading.
  plugins: [() => ({ wrapComponents: { InfoContainer: () => () => null } })],
});
