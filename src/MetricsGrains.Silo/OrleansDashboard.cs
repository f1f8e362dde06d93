using MetricsGrains.Server.Hosting;
using MetricsGrains.Server.Options;

namespace MetricsGrains.Silo;

/// <summary>Orleans' own dashboard, where this silo was built with it (its package is not in every registry) and there is an administrator to see it.</summary>
internal static partial class OrleansDashboard
{
    public const string Path = "/orleans";

#if ORLEANSDASHBOARD
    private const bool IsBuiltIn = true;
#else
    private const bool IsBuiltIn = false;
#endif

    public static bool IsOffered(Server.Options.ClusterOptions cluster) => IsBuiltIn && cluster.AdminPassword.Length > 0;

    public static void AddTo(ISiloBuilder silo, Server.Options.ClusterOptions cluster, ILogger logger)
    {
#if ORLEANSDASHBOARD
        if (IsOffered(cluster))
        {
            OrleansPages.AddTo(silo);
        }
#else
        if (cluster.AdminPassword.Length > 0)
        {
            LogNotBuiltIn(logger, NodeOptions.Section);
        }
#endif
    }

    /// <param name="silo">What runs in the silo.</param>
    public static IHostPages? Of(IServiceProvider silo, Server.Options.ClusterOptions cluster) =>
#if ORLEANSDASHBOARD
        IsOffered(cluster) ? new OrleansPages(silo) : null;
#else
        null;
#endif

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Section}:Cluster:AdminPassword is set, and there is nothing for the administrator to see: this silo was built without Orleans' dashboard. Build it with -p:OrleansDashboard=true.")]
    private static partial void LogNotBuiltIn(ILogger logger, string section);
}
