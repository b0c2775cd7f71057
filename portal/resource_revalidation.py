"""The views of the API that tell a client that what it has still holds."""

from .revalidation import NotModifiedError, Validators


class Revalidating:
    """A view of the API that tells who has its answer already so, however often.

    Beside a class of views, which is to call ``validators.check`` once it knows that
    there is an answer.
    """

    http_method_names = ["get", "head", "options"]

    def initial(self, request, *args, **kwargs):
        self.standing = self.validators = None
        super().initial(request, *args, **kwargs)

    def check_throttles(self, request):
        # What else a client accepts, and how gladly, changes no byte.
        renderer = request.accepted_renderer
        indent = renderer.get_indent(request.accepted_media_type, {})
        self.validators = Validators(request, f"{renderer.media_type} {indent}")
        self.validators.check_etag()
        super().check_throttles(request)

    def handle_exception(self, exc):
        if isinstance(exc, NotModifiedError):
            return exc.response
        return super().handle_exception(exc)

    def finalize_response(self, request, response, *args, **kwargs):
        response = super().finalize_response(request, response, *args, **kwargs)
        # OPTIONS tells of the resource, and not what the tag is of.
        is_tagged = self.validators is not None and request.method != "OPTIONS"
        if is_tagged and response.status_code == 200:
            self.validators.mark(response)
        if self.standing is not None:
            for name, value in self.standing.headers().items():
                response.headers[name] = value
        return response
