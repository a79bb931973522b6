from django.contrib.admin.apps import AdminConfig


class StaffAdminConfig(AdminConfig):
    """Django's admin with our own site in it."""

    default_site = "onboarding.staff.site.StaffSite"
