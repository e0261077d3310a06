"""The command line: `koa-desktop`, `koa-desktop grade`, `koa-desktop self-test`."""
