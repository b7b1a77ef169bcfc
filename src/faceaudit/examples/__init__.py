"""Plans that ship with faceaudit; `faceaudit.load_plan` takes their names."""
