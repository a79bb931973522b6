"""The addresses: the vendor's contract, the pages of the demo bank, and the control surface."""

from django.urls import path

from sandbox.views import (
    aggregates,
    commands,
    control,
    pages,
    redirections,
    samples,
    signin,
    statements,
    uploads,
    widget,
)

urlpatterns = [
    path("", pages.about, name="about"),
    path("healthz", pages.healthz, name="healthz"),
    path("samples/", samples.listed, name="samples"),
    path("samples/<str:name>", samples.download, name="sample"),
    path("v1/signin/redirection", redirections.begin, name="redirection"),
    path("v1/signin/redirection-status", redirections.status, name="redirection-status"),
    path("v1/command/default-import.xml", commands.start_import, name="default-import"),
    path("v1/command/<str:command_id>.xml", commands.command, name="command"),
    path("v1/data.xml", aggregates.by_method, name="aggregate"),
    path("v1/catalog.xml", commands.catalog, name="catalog"),
    path("v1/parser-catalog.xml", statements.catalog, name="parser-catalog"),
    path("v1/statement.xml", statements.in_xml, name="statement-xml"),
    path("v1/pdf/statement", statements.standard, name="statement"),
    path("v1/pdf/statement-trusted", statements.trusted, name="statement-trusted"),
    path("v1/owner", uploads.upload, name="owner-upload"),
    path("v1/mock-session.xml", commands.mock_session, name="mock-session"),
    path("signin/<uuid:redirection_id>/", signin.choose_bank, name="signin-bank"),
    path("signin/<uuid:redirection_id>/consent/", signin.consent, name="signin-consent"),
    path("signin/<uuid:redirection_id>/login/", signin.log_in, name="signin-login"),
    path("signin/<uuid:redirection_id>/code/", signin.enter_code, name="signin-code"),
    path("signin/<uuid:redirection_id>/cancel/", signin.cancel, name="signin-cancel"),
    path("assets/signin-widget.js", widget.script, name="widget-script"),
    path("widget/start", widget.start, name="widget-start"),
    path("widget/<uuid:redirection_id>/window", widget.window, name="widget-window"),
    path("widget/<uuid:redirection_id>/state", widget.state, name="widget-state"),
    path("widget/<uuid:redirection_id>/end", widget.end, name="widget-end"),
    path("_control/state", control.state, name="control-state"),
    path("_control/faults", control.fault_switch, name="control-faults"),
    path("_control/reset", control.reset, name="control-reset"),
    path("_control/clock", control.moving_clock, name="control-clock"),
]

handler404 = "sandbox.views.pages.not_found"
