-- Addresses of people who are nobody here yet are not for support to read.

REVOKE SELECT ON project.invitations FROM taskyard_support;
