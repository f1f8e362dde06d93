using MetricsGrains.Silo;

return await MetricsGrains.Server.Composition.NodeApplication.RunAsync(args, (options, loggers) => new OrleansHosting(options, loggers));
