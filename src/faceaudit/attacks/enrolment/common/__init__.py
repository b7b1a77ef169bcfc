"""Pieces that several attacks on enrolment share."""
