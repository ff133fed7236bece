"""The addresses of the site: each desk keeps its own below its prefix."""

from __future__ import annotations

from django.conf import settings
from django.conf.urls.static import static
from django.urls import URLPattern, URLResolver, include, path

urlpatterns: list[URLPattern | URLResolver] = [
    path("language/", include("django.conf.urls.i18n")),
    path("desk/", include("guomen.desks.officer.urls")),
    path("enterprise/", include("guomen.desks.enterprise.urls")),
    path("api/", include("guomen.desks.api.urls")),
    path("", include("guomen.desks.public.urls")),
]

if settings.DEBUG or settings.GUOMEN_DEMO:
    urlpatterns += static(settings.MEDIA_URL, document_root=settings.MEDIA_ROOT)
