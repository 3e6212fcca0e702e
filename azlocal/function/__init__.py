"""Azure Functions' door: a timer, Azure's own events, a doorbell, and the fleet to read over HTTP.

Nothing here knows the Functions SDK: `function_app/function_app.py` turns its objects into values and back. Nothing is
imported before it is needed, so that the app is indexed fast and without any setting.
"""
