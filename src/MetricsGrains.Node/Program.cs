return await MetricsGrains.Server.Composition.NodeApplication.RunAsync(args);
