"""The wizard's addresses: a public contract, hosts link to them."""

from django.urls import path

from .views import banks, branding, erase, finish, health, hub, returns, start, summary

urlpatterns = [
    path("", start.home, name="home"),
    path("start/", start.start, name="start"),
    path("start/<str:token>/", start.start, name="start_invited"),
    path("o/<uuid:uuid>/", hub.hub, name="hub"),
    path("o/<uuid:uuid>/progress/", hub.progress, name="progress"),
    path("o/<uuid:uuid>/banks/", banks.add, name="add_bank"),
    path("o/<uuid:uuid>/banks/<uuid:source_uuid>/", banks.handoff, name="handoff"),
    path("o/<uuid:uuid>/banks/<uuid:source_uuid>/again/", banks.again, name="again"),
    path("o/<uuid:uuid>/banks/<uuid:source_uuid>/remove/", banks.remove, name="remove"),
    path("return/", returns.come_back, name="return"),
    path("return/code/", returns.prove, name="prove"),
    path("o/<uuid:uuid>/finish/", finish.finish, name="finish"),
    path("o/<uuid:uuid>/summary/", summary.summary, name="summary"),
    path("o/<uuid:uuid>/summary.json", summary.export_json, name="summary_json"),
    path("o/<uuid:uuid>/summary.csv", summary.export_csv, name="summary_csv"),
    path("o/<uuid:uuid>/summary.xlsx", summary.export_xlsx, name="summary_xlsx"),
    path("o/<uuid:uuid>/erase/", erase.erase, name="erase"),
    path("brand.css", branding.stylesheet, name="brand_stylesheet"),
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
]
