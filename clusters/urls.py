from django.urls import path

from . import views

app_name = "clusters"
urlpatterns = [
    path("", views.ClusterListView.as_view(), name="list"),
    path("labels/", views.labels, name="labels"),
    path("labels/renewals.ics", views.renewal_calendar, name="renewals"),
    path("<slug:slug>/", views.ClusterDetailView.as_view(), name="detail"),
]
