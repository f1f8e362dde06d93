using MetricsGrains.Core.Alerting;
using MetricsGrains.Core.Ports;

namespace MetricsGrains.Contracts.Alerting;

/// <summary>What the suites of the alert store have in common: a fresh store for each test.</summary>
public abstract class AlertStoreContract : IAsyncLifetime
{
    private AlertStoreHarness? _harness;

    protected static CancellationToken None => CancellationToken.None;

    protected IAlertStore Store => Harness.Store;

    protected AlertStoreHarness Harness => _harness ?? throw new InvalidOperationException("not initialised");

    protected abstract Task<AlertStoreHarness> NewAsync();

    public async Task InitializeAsync() => _harness = await NewAsync();

    public async Task DisposeAsync() => await Harness.DisposeAsync();

    /// <summary>Records compare lists by reference; their documents say whether they are the same.</summary>
    protected static void AssertSame<T>(T expected, T actual) => Assert.Equal(AlertJson.Write(expected), AlertJson.Write(actual));

    protected async Task<IReadOnlyList<AlertEvent>> EventsAsync() => await Store.ReadEventsAsync(AlertSamples.AnyEvent, None);
}
