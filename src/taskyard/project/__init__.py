"""The project service: workspaces, their people and teams, projects, and who may do what where."""
