-- Every service says why nothing is found without a second factor, as the project and the task service do.

GRANT SELECT ON project.demanding_workspaces_v1 TO taskyard_auth, taskyard_notification;
