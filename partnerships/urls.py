from django.urls import path

from . import views

app_name = "partnerships"
urlpatterns = [
    path("", views.PartnershipListView.as_view(), name="list"),
    path("match/", views.match, name="match"),
    path("<slug:slug>/", views.PartnershipDetailView.as_view(), name="detail"),
]
