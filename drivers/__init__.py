"""The bus: talks to devices over Modbus TCP and VISA. Knows nothing of roads, damage or states of the rig."""
