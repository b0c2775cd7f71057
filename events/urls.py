from django.urls import path

from . import views

app_name = "events"
urlpatterns = [
    path("", views.EventListView.as_view(), name="list"),
    path("atom.xml", views.EventListView.as_view(feed="atom"), name="atom"),
    path("calendar.ics", views.EventListView.as_view(feed="ics"), name="calendar"),
    path("<slug:slug>.ics", views.event_calendar, name="event_calendar"),
    path("<slug:slug>/", views.EventDetailView.as_view(), name="detail"),
]
