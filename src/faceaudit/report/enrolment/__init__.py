"""The report's part on enrolment."""
