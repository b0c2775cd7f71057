"""Import from a list of the back office: upload, columns, check, store, undo.

One address shows an import in whatever state it is; each button is a POST to it. All of
it works without script: while a large file is worked on, the page asks for itself anew.
"""

from typing import ClassVar

from django.contrib import messages
from django.core.cache import cache
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt, csrf_protect

from . import files, work
from .forms import ColumnsForm, UploadForm
from .importer import RecordImporter
from .models import OUTCOMES, Import
from .permits import Permit
from .rejected import rejected_response
from .results import Outcome
from .tables import LARGEST_FILE, UnreadableFile

ROWS_SHOWN = 50
IMPORTS_SHOWN = 20
# Seconds after which work that says nothing may have been cut off.
PATIENCE = 60
State = Import.State
# Bytes of a form around its file.
FORM = 64 * 1024


class ImportingAdmin:
    """A list whose records can be imported; beside ModelAdmin."""

    importer_class: ClassVar[type[RecordImporter]]

    def get_urls(self):
        name = f"{self.opts.app_label}_{self.opts.model_name}_import"
        wrap = self.admin_site.admin_view
        return [
            path("import/", wrap(self.upload_view), name=name),
            path("import/<int:pk>/", wrap(self.import_view), name=f"{name}_state"),
            path(
                "import/<int:pk>/rejected.<str:file_format>",
                wrap(self.rejected_view),
                name=f"{name}_rejected",
            ),
            *super().get_urls(),
        ]

    def changelist_view(self, request, extra_context=None):
        context = {}
        if self.has_add_permission(request):
            context["import_address"] = self.import_address("import")
        return super().changelist_view(request, context | (extra_context or {}))

    def import_address(self, name, *arguments):
        route = f"{self.opts.app_label}_{self.opts.model_name}_{name}"
        return reverse(f"{self.admin_site.name}:{route}", args=arguments)

    def permit_of(self, request) -> Permit:
        return Permit(
            request.user,
            may_add=self.has_add_permission(request),
            may_change=self.has_change_permission(request),
            visible=self.get_queryset(request),
        )

    def own_imports(self, request):
        """Return the imports of this list that the user may look at."""
        found = Import.objects.filter(kind=self.opts.label_lower)
        if request.user.has_perm("portal.view_import"):
            return found
        return found.filter(user=request.user)

    # Upload

    @property
    def upload_view(self):
        """Refuse a body that is too large before anything of it is read."""

        @csrf_exempt
        def view(request):
            if not self.has_add_permission(request):
                raise PermissionDenied
            if int(request.META.get("CONTENT_LENGTH") or 0) > LARGEST_FILE + FORM:
                form = UploadForm()
                text = _("The file has more than 25 MB. Divide it.")
                messages.error(request, text)
                return self.upload_page(request, form, status=413)
            return csrf_protect(self.upload)(request)

        return view

    def upload(self, request):
        if request.method != "POST":
            return self.upload_page(request, UploadForm())
        form = UploadForm(request.POST, request.FILES)
        if form.is_valid():
            try:
                owner = self.take_file(request, form.cleaned_data["file"])
            except UnreadableFile as error:
                form.add_error("file", str(error))
            else:
                return redirect(self.import_address("import_state", owner.pk))
        return self.upload_page(request, form, status=400)

    def take_file(self, request, upload):
        """Keep a file whose headings can be read."""
        owner = files.keep(self.opts.label_lower, request.user, upload)
        try:
            owner.headings = files.headings_of(owner, self.importer_class())
        except UnreadableFile:
            owner.delete()
            raise
        owner.save(update_fields=["headings"])
        return owner

    def upload_page(self, request, form, status=200):
        imports = self.own_imports(request).select_related("user")[:IMPORTS_SHOWN]
        context = {
            "title": _("Import %(name)s") % {"name": self.opts.verbose_name_plural},
            "form": form,
            "columns": self.importer_class().columns,
            "imports": [
                (one, self.import_address("import_state", one.pk)) for one in imports
            ],
        }
        return self.page(request, "admin/importing/upload.html", context, status)

    def page(self, request, template, context, status=200):
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "plural": capfirst(self.opts.verbose_name_plural),
            "list_address": self.import_address("changelist"),
            "import_address": self.import_address("import"),
            **context,
        }
        return TemplateResponse(request, template, context, status=status)

    # One import

    def find(self, request, pk):
        if not self.has_add_permission(request):
            raise PermissionDenied
        owner = self.own_imports(request).filter(pk=pk).first()
        if owner is None:
            raise Http404
        return owner

    def import_view(self, request, pk):
        owner = self.find(request, pk)
        if request.method == "POST":
            return self.act(request, owner)
        if owner.is_busy:
            return self.progress_page(request, owner)
        again = owner.state == State.CHECKED and "columns" in request.GET
        if owner.state == State.UPLOADED or again:
            return self.columns_page(request, owner)
        return self.result_page(request, owner)

    def act(self, request, owner):
        """Do what a button says, if the import is in a state for it."""
        action = request.POST.get("action")
        allowed = {
            "check": (State.UPLOADED, State.CHECKED),
            "apply": (State.CHECKED,),
            "undo": (State.APPLIED,),
            "restart": (State.CHECKING, State.APPLYING, State.UNDOING),
            "delete": (State.UPLOADED, State.CHECKED),
        }
        if owner.state not in allowed.get(action, ()):
            messages.warning(request, _("The import has moved on meanwhile."))
        elif action == "check":
            return self.check_file(request, owner)
        elif action == "delete":
            owner.delete()
            messages.success(request, _("The file was thrown away."))
            return redirect(self.import_address("import"))
        else:
            states = {"apply": State.APPLYING, "undo": State.UNDOING}
            self.begin(request, owner, states.get(action, owner.state))
        return redirect(self.import_address("import_state", owner.pk))

    def check_file(self, request, owner):
        form = ColumnsForm(request.POST, importer=self.importer_class(), owner=owner)
        if not form.is_valid():
            return self.columns_page(request, owner, form, status=400)
        form.remember()
        owner.mapping = form.mapping()
        self.begin(request, owner, State.CHECKING)
        return redirect(self.import_address("import_state", owner.pk))

    def begin(self, request, owner, state):
        work.begin(owner, state, self.importer_class, self.permit_of(request))

    def columns_page(self, request, owner, form=None, status=200):
        form = form or ColumnsForm(None, importer=self.importer_class(), owner=owner)
        context = {
            "title": _("Which column is which?"),
            "owner": owner,
            "form": form,
        }
        return self.page(request, "admin/importing/columns.html", context, status)

    def progress_page(self, request, owner):
        waited = (timezone.now() - owner.started_at).total_seconds()
        context = {
            "title": owner.get_state_display(),
            "owner": owner,
            "rows": cache.get(work.progress_key(owner)),
            "may_restart": waited > PATIENCE,
        }
        return self.page(request, "admin/importing/progress.html", context)

    def result_page(self, request, owner):
        outcome = request.GET.get("outcome", "")
        rows = owner.rows.all()
        warned = rows.filter(outcome=Outcome.CREATED).exclude(reasons=[])
        if outcome == "kept":
            rows = rows.exclude(kept="")
        elif outcome == "warned":
            rows = warned
        elif outcome in list(Outcome):
            rows = rows.filter(outcome=outcome)
        else:
            outcome = ""
        page = Paginator(rows, ROWS_SHOWN).get_page(request.GET.get("page"))
        context = {
            "title": owner.file_name,
            "owner": owner,
            "outcomes": self.outcomes(owner, outcome),
            "outcome": outcome,
            "page": page,
            "warned": warned.count(),
            "kept": owner.rows.exclude(kept="").count() if owner.undone_at else 0,
            "stored": sum(owner.totals.get(name, 0) for name in ("created", "changed")),
            "downloads": [
                (name, self.import_address("import_rejected", owner.pk, name.lower()))
                for name in ("CSV", "XLSX")
            ],
        }
        return self.page(request, "admin/importing/result.html", context)

    @staticmethod
    def outcomes(owner, chosen):
        """Return key, label and number of each outcome, and whether it is shown."""
        return [
            (key, label, owner.totals.get(key, 0), key == chosen)
            for key, label in OUTCOMES.items()
        ]

    def rejected_view(self, request, pk, file_format):
        owner = self.find(request, pk)
        if file_format not in ("csv", "xlsx"):
            raise Http404
        try:
            return rejected_response(owner, self.importer_class(), file_format)
        except UnreadableFile as error:
            return HttpResponse(str(error), status=400, content_type="text/plain")
