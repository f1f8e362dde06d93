using BenchmarkDotNet.Running;
using MetricsGrains.Benchmarks;
using MetricsGrains.Benchmarks.Cluster;
using MetricsGrains.Benchmarks.Stores;

// Run in Release. The whole-process ones start the real node, which must be built in Release too:
//   dotnet build -c Release && dotnet run -c Release --project tests/MetricsGrains.Benchmarks -- statsd-tcp
// The cluster-… ones start silos, which the solution does not build: dotnet build -c Release src/MetricsGrains.Silo
switch (args.FirstOrDefault())
{
    case "memory":
        MemoryPerSeries.Run(Argument(1, 100_000));
        break;
    case "statsd-tcp":
        await IngestLoad.StatsDAsync(Argument(1, 20_000_000), Argument(2, 10_000));
        break;
    case "http-ndjson":
        await IngestLoad.NdjsonAsync(Argument(1, 5_000_000), Argument(2, 10_000));
        break;
    case "query":
        await QueryLatency.RunAsync(Argument(1, 200));
        break;
    case "preview":
        await PreviewLatency.RunAsync(Argument(1, 100), Argument(2, 20));
        break;
    case "alerts":
        await AlertRounds.RunAsync(Argument(1, 10_000), Argument(2, 2));
        break;
    case "alert-store":
        await AlertStoreLoad.RunAsync(Argument(1, 1_000_000), args.ElementAtOrDefault(2));
        break;
    case "flush":
        await RollupFlushing.RunAsync(Name(1), Argument(2, 100_000), Argument(3, 10));
        break;
    case "raw":
        await RawBlockStoring.RunAsync(Name(1), Argument(2, 10_000), Argument(3, 12));
        break;
    case "query-store":
        await StoredQueries.RunAsync(Name(1), Argument(2, 10_000), Argument(3, 200));
        break;
    case "migrate":
        await StoreMigrating.RunAsync(Argument(1, 10_000), Argument(2, 300));
        break;
    case "startup":
        await LogReplaying.RunAsync(Argument(1, 1_000), Argument(2, 10_000));
        break;
    case "cluster-ingest":
        await ClusterIngest.RunAsync(Argument(1, 5_000_000), Argument(2, 10_000), Argument(3, 3), Name(4) ?? "statsd", Name(5));
        break;
    case "cluster-kill":
        await ClusterKill.RunAsync(Argument(1, 10_000), Argument(2, 3));
        break;
    case "micro":
        BenchmarkSwitcher.FromAssembly(typeof(ParserBenchmarks).Assembly).Run(args[1..]);
        break;
    default:
        Console.WriteLine("usage: memory [series] | statsd-tcp [points] [series] | http-ndjson [points] [series] | query [repeats] | preview [groups] [repeats] | flush [postgres|sqlite] [series] [minutes] | raw [postgres|sqlite] [series] [blocks] | query-store [postgres|sqlite] [series] [repeats] | migrate [series] [minutes] | startup [megabytes] [series] | alerts [rules] [rounds] | alert-store [events] [PostgreSQL connection] | cluster-ingest [points] [series] [rounds] [statsd|ndjson] [setup] | cluster-kill [metrics] [rounds] | micro [BenchmarkDotNet arguments]");
        return 2;
}
return 0;

string? Name(int index) => args.Length > index ? args[index] : null;

int Argument(int index, int byDefault) => args.Length > index ? int.Parse(args[index], System.Globalization.CultureInfo.InvariantCulture) : byDefault;
