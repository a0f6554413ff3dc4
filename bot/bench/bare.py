"""The limit: a Flask endpoint that reads the body and answers, and does nothing else."""

from __future__ import annotations

from flask import Flask, Response, request


def create_app() -> Flask:
    app = Flask(__name__, static_folder=None)

    @app.post("/webhook")
    def webhook() -> Response:
        request.get_data()
        return Response("seen\n", status=202, mimetype="text/plain")

    @app.get("/readyz")
    def readyz() -> Response:
        return Response("ready\n", mimetype="text/plain")

    return app
