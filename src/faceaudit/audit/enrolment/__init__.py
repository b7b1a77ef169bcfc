"""Audits of enrolment: a poisoned photo in the gallery, and templates that update themselves."""
