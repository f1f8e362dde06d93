using MetricsGrains.Core.Alerting;
using MetricsGrains.Core.Ports;
using MetricsGrains.Query;
using MetricsGrains.Server.Alerting;
using Microsoft.Extensions.DependencyInjection;

namespace MetricsGrains.Server.Api.Alerting;

/// <summary>What the alerting API works with.</summary>
/// <param name="Silences">Null where another process keeps them in mind.</param>
internal sealed record AlertingServices(
    IAlertStore Store, IAlertGrains Grains, IRulePreviews Previews, IMetricQueries Metrics, IReadOnlyList<INotifier> Notifiers, Suppressions? Silences, AlertingOptions Options, TimeProvider Time)
{
    public AlertExplanations Explanations { get; } = new(Store, Grains, Previews);

    public static AlertingServices Of(IServiceProvider services) => new(
        services.GetRequiredService<IAlertStore>(),
        services.GetRequiredService<IAlertGrains>(),
        services.GetRequiredService<IRulePreviews>(),
        services.GetRequiredService<IMetricQueries>(),
        [.. services.GetServices<INotifier>()],
        services.GetService<Suppressions>(),
        services.GetService<AlertingOptions>() ?? new AlertingOptions(),
        services.GetRequiredService<TimeProvider>());

    public INotifier? NotifierOf(ChannelType type) => Notifiers.FirstOrDefault(n => n.Type == type);

    /// <summary>The metric's unit; empty when it has none, or is not known.</summary>
    public async Task<string> UnitOfAsync(string metric, CancellationToken cancel)
    {
        try
        {
            return (await Metrics.DescribeAsync(metric, cancel)).Unit;
        }
        catch (UnknownMetricException)
        {
            return "";
        }
    }
}
