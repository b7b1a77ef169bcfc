"""The calls of faceaudit, one for each thing it does; `import faceaudit` offers them all."""
