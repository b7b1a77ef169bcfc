"""What mitigations of attacks on enrolment share."""
