"""The wizard's addresses: a public contract, hosts link to them."""

from django.urls import path

from .views import api, banks, branding, erase, files, finish, health, hub, returns, start, statements, summary, uploads

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
    path("o/<uuid:uuid>/banks/<uuid:source_uuid>/widget/", widget.report, name="widget_report"),
    path("o/<uuid:uuid>/banks/<uuid:source_uuid>/elsewhere/", widget.elsewhere, name="elsewhere"),
    path("o/<uuid:uuid>/statements/", statements.statements, name="statements"),
    path("o/<uuid:uuid>/uploads/", uploads.uploads, name="uploads"),
    path("o/<uuid:uuid>/files/<uuid:source_uuid>/", files.file, name="file"),
    path("o/<uuid:uuid>/files/<uuid:source_uuid>/password/", files.password, name="file_password"),
    path("o/<uuid:uuid>/files/<uuid:source_uuid>/columns/", files.columns, name="file_columns"),
    path("o/<uuid:uuid>/files/<uuid:source_uuid>/confirm/", files.confirm, name="file_confirm"),
    path("o/<uuid:uuid>/files/<uuid:source_uuid>/remove/", files.remove, name="remove_file"),
    path("return/", returns.come_back, name="return"),
    path("return/code/", returns.prove, name="prove"),
    path("o/<uuid:uuid>/finish/", finish.finish, name="finish"),
    path("o/<uuid:uuid>/summary/", summary.summary, name="summary"),
    path("o/<uuid:uuid>/summary.json", summary.export_json, name="summary_json"),
    path("o/<uuid:uuid>/summary.csv", summary.export_csv, name="summary_csv"),
    path("o/<uuid:uuid>/summary.xlsx", summary.export_xlsx, name="summary_xlsx"),
    path("o/<uuid:uuid>/erase/", erase.erase, name="erase"),
    path("api/onboardings/<uuid:uuid>/data", api.push, name="api_push"),
    path("api/onboardings/<uuid:uuid>/data/<uuid:source_uuid>", api.pushed_source, name="api_pushed"),
    path("brand.css", branding.stylesheet, name="brand_stylesheet"),
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
]
