using MetricsGrains.Dashboard.Assets;
using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.Logging;
using Microsoft.JSInterop;

namespace MetricsGrains.Dashboard.Live;

/// <summary>
/// The one scheduler of a circuit: every second it runs the page's updates, then sends one frame with what changed on all its charts.
/// A tick that comes while the last one is still running is skipped. All of it runs on the circuit's dispatcher.
/// </summary>
public sealed partial class LiveBoard(TimeProvider time, IJSRuntime js, ILogger<LiveBoard> logger) : IAsyncDisposable
{
    public static readonly TimeSpan Period = TimeSpan.FromSeconds(1);

    // A browser that does not acknowledge a frame in this time has lost its connection; when it is back it is told everything anew.
    private static readonly TimeSpan s_frameTimeout = TimeSpan.FromSeconds(10);

    private readonly CancellationTokenSource _closed = new();
    private readonly Dictionary<int, ChartFeed> _charts = [];
    private readonly List<Func<CancellationToken, Task>> _updates = [];
    private Task<IJSObjectReference>? _module;
    private ITimer? _timer;
    private int _lastChartId;
    private bool _busy;
    private bool _sending;

    public long NowMs => time.GetUtcNow().ToUnixTimeMilliseconds();

    /// <summary>Why the numbers stand still; null when all is well.</summary>
    public string? Problem { get; private set; }

    /// <summary>Raised on the circuit's dispatcher.</summary>
    public event Action? ProblemChanged;

    /// <summary>Begins to tick. <paramref name="dispatch"/> runs work on the circuit's dispatcher.</summary>
    public void Start(Func<Func<Task>, Task> dispatch) =>
        _timer ??= time.CreateTimer(_ => _ = dispatch(TickAsync), null, Period, Period);

    /// <summary>Runs <paramref name="update"/> at every tick until what is returned is disposed.</summary>
    public IDisposable EveryTick(Func<CancellationToken, Task> update)
    {
        _updates.Add(update);
        return new Subscription(() => _updates.Remove(update));
    }

    /// <summary>Gives an element to the script, to draw <paramref name="feed"/> in it.</summary>
    /// <param name="callback">Hears of a dragged range; null for a chart that can't be dragged.</param>
    /// <returns>For <see cref="DetachAsync"/>.</returns>
    public async Task<int> AttachAsync<T>(ElementReference element, string style, ChartFeed feed, DotNetObjectReference<T>? callback)
        where T : class
    {
        int id = _lastChartId = _lastChartId % ushort.MaxValue + 1;
        IJSObjectReference module = await ModuleAsync();
        await module.InvokeVoidAsync("attach", _closed.Token, id, style, element, callback);
        feed.ForgetSent();
        _charts.Add(id, feed);
        return id;
    }

    public async Task DetachAsync(int id)
    {
        if (_charts.Remove(id) && !_closed.IsCancellationRequested)
        {
            await CallAsync("detach", id);
        }
    }

    /// <summary>Calls the script; a browser that has gone is no error.</summary>
    public async Task CallAsync(string function, params object?[] arguments)
    {
        try
        {
            IJSObjectReference module = await ModuleAsync();
            await module.InvokeVoidAsync(function, _closed.Token, arguments);
        }
        catch (Exception e) when (e is JSDisconnectedException or OperationCanceledException)
        {
        }
    }

    public async Task<T> AskAsync<T>(string function, params object?[] arguments) =>
        await (await ModuleAsync()).InvokeAsync<T>(function, _closed.Token, arguments);

    /// <summary>Sends what changed. While a frame is in flight nothing is sent: it goes with a later tick.</summary>
    public async Task FlushAsync()
    {
        if (_sending)
        {
            return;
        }
        var frame = new FrameWriter(NowMs);
        foreach ((int id, ChartFeed feed) in _charts)
        {
            if (feed.HasChanges)
            {
                feed.WriteTo(frame, id);
            }
        }
        if (frame.Sections == 0)
        {
            return;
        }
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(_closed.Token);
        timeout.CancelAfter(s_frameTimeout);
        _sending = true;
        try
        {
            await (await ModuleAsync()).InvokeVoidAsync("apply", timeout.Token, frame.ToArray());
        }
        catch (Exception e) when (e is OperationCanceledException or JSDisconnectedException)
        {
            foreach (ChartFeed feed in _charts.Values)
            {
                feed.ForgetSent();
            }
        }
        finally
        {
            _sending = false;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _closed.CancelAsync();
        if (_timer is not null)
        {
            await _timer.DisposeAsync();
        }
        _updates.Clear();
        _charts.Clear();
        if (_module is { IsCompletedSuccessfully: true })
        {
            try
            {
                await (await _module).DisposeAsync();
            }
            catch (JSDisconnectedException)
            {
                // The page went first, and took its script's objects with it.
            }
        }
        _closed.Dispose();
    }

    internal async Task TickAsync()
    {
        if (_busy || _closed.IsCancellationRequested)
        {
            return;
        }
        _busy = true;
        try
        {
            string? problem = null;
            foreach (Func<CancellationToken, Task> update in _updates.ToArray())
            {
                problem = await RunAsync(update) ?? problem;
            }
            if (problem != Problem)
            {
                Problem = problem;
                ProblemChanged?.Invoke();
            }
            await FlushAsync();
        }
        finally
        {
            _busy = false;
        }
    }

    // One update's failure must neither stop the others nor end the page: the next tick tries again.
    private async Task<string?> RunAsync(Func<CancellationToken, Task> update)
    {
        try
        {
            await update(_closed.Token);
            return null;
        }
        catch (OperationCanceledException)
        {
            return null;
        }
        catch (Exception e)
        {
            if (Problem is null)
            {
                LogUpdateFailed(e);
            }
            return e.Message;
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "A dashboard page could not read its numbers and tries again every second; the store or the cluster may be unavailable")]
    private partial void LogUpdateFailed(Exception e);

    private Task<IJSObjectReference> ModuleAsync() =>
        _module ??= js.InvokeAsync<IJSObjectReference>("import", _closed.Token, "./" + AssetCatalog.Url("app/board.js")).AsTask();

    private sealed class Subscription(Action end) : IDisposable
    {
        public void Dispose() => end();
    }
}
