"""What stands before the app: who gets in, under which name, and what every answer says.

Everything that is asked of the server goes through `gate`, whether page, file, upload or websocket.
"""
