from django.urls import path

from . import views

app_name = "achievements"
urlpatterns = [
    path("", views.AchievementListView.as_view(), name="list"),
    path("atom.xml", views.AchievementListView.as_view(feed="atom"), name="atom"),
    path("<slug:slug>/", views.AchievementDetailView.as_view(), name="detail"),
]
