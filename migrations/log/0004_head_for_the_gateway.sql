-- The gateway says with every snapshot up to which place of the log it is complete.

GRANT SELECT ON log.head_v1 TO taskyard_gateway;
