"""How anything gets onto a frame: colours, pen and painter, sheets, the stage, light, weather and letters."""
