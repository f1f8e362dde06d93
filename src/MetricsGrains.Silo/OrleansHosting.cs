using System.Net;
using System.Net.Sockets;
using MetricsGrains.Core.Ports;
using MetricsGrains.Server.Alerting;
using MetricsGrains.Server.Alerting.Cluster;
using MetricsGrains.Server.Cluster;
using MetricsGrains.Server.Cluster.Copies;
using MetricsGrains.Server.Hosting;
using MetricsGrains.Server.Options;
using MetricsGrains.Server.Partitioned;
using MetricsGrains.Silo.Alerting;
using MetricsGrains.Storage.Postgres;
using Orleans.Configuration;
using Orleans.Runtime;
using Orleans.Runtime.Hosting;
using Orleans.Runtime.MembershipService;

namespace MetricsGrains.Silo;

/// <summary>Hosts grains in an Orleans silo: a cluster of its own on this machine where no database is configured, else one of those that share it.</summary>
internal sealed partial class OrleansHosting(NodeOptions options, ILoggerFactory loggers) : IGrainHosting, IAlertHosting
{
    /// <summary>How often a silo gives a sign of life in the table of silos, by its own clock.</summary>
    private static readonly TimeSpan s_sign = TimeSpan.FromSeconds(10);

    /// <summary>After this long without a sign a silo counts less, and one that joins may declare it dead if it can't reach it. More than a minute: clocks may be as far apart.</summary>
    private static readonly TimeSpan s_silence = TimeSpan.FromSeconds(90);

    /// <summary>The same for a silo that joins where there are silos that do not answer: until then it can't.</summary>
    private static readonly TimeSpan s_silenceOfDead = TimeSpan.FromSeconds(30);

    private IServiceProvider? _silo;

    /// <summary>What runs in the silo, once it has started.</summary>
    public IServiceProvider Silo => _silo ?? throw new InvalidOperationException("the silo has not started");

    public async Task<IGrainHost> StartAsync(GrainHostStart start, CancellationToken cancel)
    {
        TimeSpan silence = s_silence;
        if (options.StoreConnectionString.Length > 0)
        {
            await new PostgresClusterSchema(options.StoreConnectionString, start.Time).PrepareAsync(cancel);
            var database = new PostgresClusterOwner(options.StoreConnectionString, start.Time);
            await TakeStoreAsync(database, options.Cluster!, cancel);
            silence = await new SilentSilos(database, options.Cluster!, s_silenceOfDead, start.Time, loggers.CreateLogger<SilentSilos>()).WaitAsync(cancel) ? s_silenceOfDead : s_silence;
        }
        IHost host = Build(start, silence);
        _silo = host.Services;
        try
        {
            return await JoinAsync(host, start, cancel);
        }
        catch
        {
            await LeaveAsync(host);
            throw;
        }
    }

    /// <summary>Leaves the cluster, as far as it had come.</summary>
    private async Task LeaveAsync(IHost host)
    {
        try
        {
            await host.StopAsync(CancellationToken.None);
        }
        catch (InvalidOperationException error)
        {
            // Orleans does not stop a silo that has not started; the others find that it is silent. Why it did not start is what matters.
            LogNotLeft(loggers.CreateLogger<OrleansHosting>(), error.Message);
        }
        host.Dispose();
    }

    /// <summary>Two clusters over one store would take each metric from one another for ever, and each evaluate its rules.</summary>
    private async Task TakeStoreAsync(PostgresClusterOwner database, Server.Options.ClusterOptions cluster, CancellationToken cancel)
    {
        if (await database.TakeAsync(cluster.ServiceId, cluster.ClusterId, cancel) is not { } other)
        {
            return;
        }
        string apart = "Or give this cluster a database, or a schema (Search Path in the connection string), of its own.";
        throw new StoreConfigurationException(other.ServiceId != cluster.ServiceId
            ? $"the store belongs to the cluster service '{other.ServiceId}', and this silo's {NodeOptions.Section}:Cluster:ServiceId is '{cluster.ServiceId}': both would write its rollups and evaluate its alert rules. Set it to '{other.ServiceId}' if they are one. {apart} If '{other.ServiceId}' is gone for good and this one is to have what it left, run: UPDATE orleans_owner SET service_id = '{cluster.ServiceId}'"
            : $"the store is in use by the cluster '{other.ClusterId}' ({(other.LiveSilo.Length > 0 ? $"its silo {other.LiveSilo} lives" : "a silo of it has just begun to start")}), and this silo's {NodeOptions.Section}:Cluster:ClusterId is '{cluster.ClusterId}'. Set it to '{other.ClusterId}' to join that cluster. {apart} To replace that cluster by this one, stop its silos first; those that died without a word count as living for three minutes.");
    }

    private async Task<IGrainHost> JoinAsync(IHost host, GrainHostStart start, CancellationToken cancel)
    {
        var parts = host.Services.GetRequiredService<SiloParts>();
        var peers = host.Services.GetRequiredService<OrleansPeers>();
        SiloId self = SiloNames.IdOf(host.Services.GetRequiredService<ILocalSiloDetails>().SiloAddress);
        IMetricClaims claims = start.Store as IMetricClaims ?? new LocalClaims(start.Store, start.Time);
        var members = new MemberHost(start.Options.Grains, claims, peers, self, start.Time);
        var keeper = new CopyKeeper(Path.Combine(options.DataPath, "copies"), options.Log, options.Grains.Defaults.MaxAhead, start.Time, loggers);
        parts.Begin(members, keeper, options.NodeName, start.Time.GetUtcNow().ToUnixTimeMilliseconds());
        try
        {
            await host.StartAsync(cancel);
        }
        catch (Exception error) when (!cancel.IsCancellationRequested)
        {
            throw new IOException(
                $"this silo can't join the cluster '{options.Cluster!.ClusterId}': {error.GetBaseException().Message.TrimEnd('.')}. Its port is {NodeOptions.Section}:Cluster:SiloPort (0: any free one), the address at which the others reach it {NodeOptions.Section}:Cluster:AdvertisedAddress.", error);
        }
        var view = host.Services.GetRequiredService<OrleansClusterView>();
        LogTakeover? takeover = options.Cluster!.RecoverLog.Length == 0 ? null : await LogTakeover.StartAsync(options.Cluster.RecoverLog, start, members, peers, view, parts.Origins, cancel);
        // A log that was cut short by somebody does not know what it lacks.
        long completeFrom = start.IsCut ? start.Time.GetUtcNow().ToUnixTimeMilliseconds() : start.CompleteFromMs;
        var dispatch = new OriginDispatch(
            start.Origin, completeFrom, start.Log, peers, start.Options.Grains.Defaults.LiveWindow, new ClusterTimings(), start.Time, loggers.CreateLogger<OriginDispatch>());
        parts.Origins.Add(dispatch);
        dispatch.Start();
        LogCopier? copier = options.Durability == Durability.Replicated ? new LogCopier(start.Origin, start.Log, peers, self, new CopyTimings(), start.Time, loggers.CreateLogger<LogCopier>()) : null;
        copier?.Start();
        parts.Origins.Copier = copier;
        HubIntake? hub = options.Cluster.EventHubs is { } settings ? await HubIntake.StartAsync(await Hubs.OpenAsync(settings, cancel), start, members, peers, parts.Origins, self, cancel) : null;
        return new ClusterGrainHost(dispatch, members, peers, start.Time, async () =>
        {
            await (copier?.DisposeAsync() ?? ValueTask.CompletedTask);
            await (hub?.DisposeAsync() ?? ValueTask.CompletedTask);
            await (takeover?.DisposeAsync() ?? ValueTask.CompletedTask);
            await host.StopAsync(CancellationToken.None);
            host.Dispose();
            await keeper.DisposeAsync();
        }, view, copier, hub?.Log, OrleansDashboard.Of(host.Services, options.Cluster));
    }

    /// <summary>Reminders and states outlive a silo only in a database. Without one there is one silo, which evaluates as a node does.</summary>
    public IAlertEvaluation? CreateEvaluation(AlertingParts parts, IGrains grains)
    {
        if (options.StoreConnectionString.Length == 0)
        {
            return null;
        }
        var peers = Silo.GetRequiredService<OrleansAlertPeers>();
        peers.Begin(grains);
        var evaluation = new ClusterEvaluation(parts, peers, new PostgresEvaluationLease(options.StoreConnectionString, together: true));
        Silo.GetRequiredService<AlertSeat>().Begin(evaluation);
        return evaluation;
    }

    private IHost Build(GrainHostStart start, TimeSpan silence)
    {
        Server.Options.ClusterOptions cluster = options.Cluster!;
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Services.AddSingleton(loggers);
        builder.Services.AddSingleton(start.Time);
        builder.Services.AddSingleton(cluster);
        builder.Services.AddSingleton<IFatalErrorHandler, SiloEnd>();
        builder.Services.AddSingleton<SiloParts>();
        builder.Services.AddSingleton<SiloServices>();
        builder.Services.AddSingleton<OrleansPeers>();
        builder.Services.AddSingleton<OrleansClusterView>();
        builder.UseOrleans(silo =>
        {
            if (options.StoreConnectionString.Length == 0)
            {
                silo.UseLocalhostClustering(PortOf(cluster), gatewayPort: 0, serviceId: cluster.ServiceId, clusterId: cluster.ClusterId);
                silo.UseInMemoryReminderService();
                silo.AddMemoryGrainStorageAsDefault();
            }
            else
            {
                Cluster(silo, cluster, silence);
            }
            silo.AddPlacementDirector<RendezvousPlacement, RendezvousDirector>();
            silo.AddGrainService<SiloService>();
            silo.AddAlerting(options.Alerting);
            OrleansDashboard.AddTo(silo, cluster, loggers.CreateLogger(typeof(OrleansDashboard)));
        });
        return builder.Build();
    }

    /// <summary>Orleans does not pick a free port by itself.</summary>
    private static int PortOf(Server.Options.ClusterOptions cluster)
    {
        if (cluster.SiloPort > 0)
        {
            return cluster.SiloPort;
        }
        using var listener = new TcpListener(IPAddress.Any, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private void Cluster(ISiloBuilder silo, Server.Options.ClusterOptions cluster, TimeSpan silence)
    {
        const string Invariant = "Npgsql";
        string connection = options.StoreConnectionString;
        silo.Configure<Orleans.Configuration.ClusterOptions>(o => (o.ClusterId, o.ServiceId) = (cluster.ClusterId, cluster.ServiceId));
        // By which people know it, in the table of silos too.
        silo.Configure<SiloOptions>(o => o.SiloName = options.NodeName);
        silo.UseAdoNetClustering(o => (o.Invariant, o.ConnectionString) = (Invariant, connection));
        silo.UseAdoNetReminderService(o => (o.Invariant, o.ConnectionString) = (Invariant, connection));
        silo.AddAdoNetGrainStorageAsDefault(o => (o.Invariant, o.ConnectionString) = (Invariant, connection));
        if (cluster.AdvertisedAddress.Length > 0)
        {
            silo.ConfigureEndpoints(IPAddress.Parse(cluster.AdvertisedAddress), PortOf(cluster), gatewayPort: 0, listenOnAnyHostAddress: true);
        }
        else
        {
            silo.ConfigureEndpoints(PortOf(cluster), gatewayPort: 0);
        }
        // Default: five seconds a probe, three missed. A silo that is dead keeps its metrics from being answered for; each silo probes a few others, so
        // a second instead costs next to nothing, and a pause of three seconds (a long collection, a suspended machine) is taken for a death.
        silo.Configure<ClusterMembershipOptions>(o =>
        {
            o.ProbeTimeout = TimeSpan.FromSeconds(1);
            o.TableRefreshTimeout = TimeSpan.FromSeconds(5);
            (o.IAmAliveTablePublishTimeout, o.NumMissedTableIAmAliveLimit) = (s_sign, (int)(silence / s_sign));
            o.MaxJoinAttemptTime = TimeSpan.FromMinutes(1);
            // By the clocks of two silos, which would end one that is a minute behind as soon as it joins. One that dies while it joins is found by probes.
            o.EvictWhenMaxJoinAttemptTimeExceeded = false;
        });
        silo.Configure<SiloMessagingOptions>(o => o.ResponseTimeout = TimeSpan.FromSeconds(10));
    }

    [LoggerMessage(Level = LogLevel.Debug, Message = "This silo did not leave the cluster: {Reason}")]
    private static partial void LogNotLeft(ILogger logger, string reason);
}
