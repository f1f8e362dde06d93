using System.Net;
using MetricsGrains.Core.Ports;
using MetricsGrains.Dashboard;
using MetricsGrains.Query;
using MetricsGrains.Server.Api;
using MetricsGrains.Server.Api.Alerting;
using MetricsGrains.Server.Hosting;
using MetricsGrains.Server.Operations;
using MetricsGrains.Server.Options;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace MetricsGrains.Server.Composition;

/// <summary>One machine, one process: reads the settings, starts the node, serves the dashboard and the API, stops in order.</summary>
public static class NodeApplication
{
    /// <summary>Starts a node, or runs one of the operator's commands.</summary>
    /// <returns>Exit codes: 0 stopped when asked, 1 could not start, 2 settings are wrong; of commands see <see cref="ExitCode"/>.</returns>
    public static Task<int> RunAsync(string[] args) => RunAsync(args, null);

    /// <summary>As above, as a silo of a cluster.</summary>
    /// <param name="cluster">What hosts the grains, given the settings; null: this process alone.</param>
    public static async Task<int> RunAsync(string[] args, Func<NodeOptions, ILoggerFactory, IGrainHosting>? cluster)
    {
        if (OperatorCommandLine.Takes(args))
        {
            return await OperatorCommandLine.RunAsync(args, cluster is not null, TimeProvider.System);
        }
        if (args.Any(a => a is "--help" or "-h" or "help"))
        {
            await Console.Out.WriteLineAsync(NodeUsage.Text);
            return 0;
        }
        // A mistyped command must not start a node.
        if (args is [[not ('-' or '/'), ..] word, ..] && !word.Contains('=', StringComparison.Ordinal))
        {
            await Console.Error.WriteLineAsync($"There is no command '{word}'; --help shows what there is.");
            return ExitCode.Usage;
        }
        WebApplicationBuilder builder = CreateBuilder(args);
        var options = NodeOptions.Read(builder.Configuration, cluster is not null, out IReadOnlyList<string> mistakes);
        if (mistakes.Count > 0)
        {
            await Console.Error.WriteLineAsync($"MetricsGrains can't start: {mistakes.Count} setting{(mistakes.Count == 1 ? " is" : "s are")} wrong.");
            foreach (string mistake in mistakes)
            {
                await Console.Error.WriteLineAsync("  " + mistake);
            }
            return 2;
        }
        try
        {
            await RunAsync(builder, options, cluster);
            return 0;
        }
        catch (Exception error) when (error is StoreConfigurationException or StoreUnavailableException or LogUnavailableException or Storage.Wal.LogCorruptException or IOException or UnauthorizedAccessException)
        {
            await Console.Error.WriteLineAsync("MetricsGrains can't start: " + error.Message);
            return 1;
        }
    }

    private static WebApplicationBuilder CreateBuilder(string[] args)
    {
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory });
        NodeConfiguration.AddTo(builder.Configuration, NodeUsage.Expand(args));
        builder.Logging.AddConfiguration(builder.Configuration.GetSection("Logging"));
        // What keeps the web server from starting is said in words below, without a stack trace.
        builder.Logging.AddFilter("Microsoft.Extensions.Hosting.Internal.Host", LogLevel.None);
        builder.Logging.AddSimpleConsole(console =>
        {
            console.SingleLine = true;
            console.TimestampFormat = "yyyy-MM-dd'T'HH:mm:ss.fff'Z' ";
            console.UseUtcTimestamp = true;
        });
        return builder;
    }

    private static async Task RunAsync(WebApplicationBuilder builder, NodeOptions options, Func<NodeOptions, ILoggerFactory, IGrainHosting>? cluster)
    {
        TimeProvider time = TimeProvider.System;
        using ILoggerFactory loggers = LoggerFactory.Create(logging =>
        {
            logging.AddConfiguration(builder.Configuration.GetSection("Logging"));
            logging.AddSimpleConsole(console => console.SingleLine = true);
        });
        await using NodeRuntime node = await NodeRuntime.StartAsync(options, cluster?.Invoke(options, loggers) ?? new InProcessHosting(), time, loggers, CancellationToken.None);
        await using WebApplication app = Build(builder, node, time);
        app.Lifetime.ApplicationStopping.Register(node.AnnounceStop);
        try
        {
            await app.StartAsync();
        }
        catch (Exception error) when (error is IOException or System.Net.Sockets.SocketException)
        {
            throw new IOException($"can't listen on port {options.Http.Port}: {error.Message.TrimEnd('.')}. Set {NodeOptions.Section}:Http:Port to another port, or to 0 for any free one.", error);
        }
        await Console.Out.WriteLineAsync(NodeBanner.Of(node, PortOf(app)));
        await app.WaitForShutdownAsync();
    }

    private static WebApplication Build(WebApplicationBuilder builder, NodeRuntime node, TimeProvider time)
    {
        HttpOptions http = node.Options.Http;
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = null;
            if (node.Options.Address == "*")
            {
                kestrel.ListenAnyIP(http.Port);
            }
            else
            {
                kestrel.Listen(IPAddress.Parse(node.Options.Address), http.Port);
            }
        });
        WebApplication? app = null;
        builder.Services.AddRouting();
        builder.Services.AddSingleton(time);
        builder.Services.AddSingleton<IMetricQueries>(node.Queries);
        builder.Services.AddSingleton<INodeStatus>(_ => new DashboardNodeStatus(node, () => PortOf(app!)));
        if (node.Ingest?.Cluster is { } clusterView)
        {
            builder.Services.AddSingleton(clusterView);
        }
        if (node.Alerting is { } alerting)
        {
            builder.Services.AddSingleton(alerting.Store);
            builder.Services.AddSingleton(alerting.Grains);
            builder.Services.AddSingleton(alerting.Previews);
            builder.Services.AddSingleton(alerting.Silences);
            builder.Services.AddSingleton(node.Options.Alerting);
            foreach (INotifier notifier in alerting.Notifiers)
            {
                builder.Services.AddSingleton(notifier);
            }
        }
        builder.Services.AddMetricsGrainsDashboard();
        ProtectCircuits(builder, node.Options);
        // A dashboard's open circuits must not hold up the stop: what was acknowledged is safe without them.
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = TimeSpan.FromSeconds(10));
        app = builder.Build();
        app.UseUnmatchedAnswers();
        if (node.Ingest?.Pages is { } pages)
        {
            app.UseAdminPages(pages, node.Options.Cluster!.AdminPassword);
        }
        app.UseRouting();
        app.MapPoints(node);
        app.MapQueries(node, time);
        if (node.Alerting is not null)
        {
            app.MapAlerting();
        }
        app.MapStatus(node, () => PortOf(app), time);
        app.MapMetricsGrainsDashboard();
        return app;
    }

    // The keys sign what a page says of its circuit; with the data they live as long as the node, and no user's home folder is needed.
    private static void ProtectCircuits(WebApplicationBuilder builder, NodeOptions options)
    {
        // It warns that the keys are not encrypted. They guard no secret, and only the node's user may read the folder.
        builder.Logging.AddFilter("Microsoft.AspNetCore.DataProtection.KeyManagement.XmlKeyManager", LogLevel.Error);
        if (options.ReadOnly)
        {
            // Its data folder, if it has one, is another node's.
            builder.Services.AddDataProtection().SetApplicationName("MetricsGrains").UseEphemeralDataProtectionProvider();
            return;
        }
        var keys = new DirectoryInfo(Path.Combine(options.DataPath, "keys"));
        if (OperatingSystem.IsWindows())
        {
            keys.Create();
        }
        else
        {
            Directory.CreateDirectory(keys.FullName, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
        builder.Services.AddDataProtection().SetApplicationName("MetricsGrains").PersistKeysToFileSystem(keys);
    }

    private static int PortOf(WebApplication app) =>
        app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()?.Addresses.Select(a => BindingAddress.Parse(a).Port).FirstOrDefault() ?? 0;
}
