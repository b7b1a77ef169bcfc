"""Runners: where an audit's jobs run. One file adds one."""
