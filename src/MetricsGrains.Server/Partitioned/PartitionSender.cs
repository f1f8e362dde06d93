using System.Threading.Channels;
using MetricsGrains.Core.Ports;

namespace MetricsGrains.Server.Partitioned;

/// <summary>
/// Sends batches to one partition, in order, one send under way at a time with all that gathered meanwhile. What was sent and not answered is sent again, marked as
/// a repeat, so that it counts once; after half a minute it is given up, and whether it counts is not known.
/// </summary>
internal sealed class PartitionSender : IAsyncDisposable
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan s_firstPause = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan s_longestPause = TimeSpan.FromSeconds(5);

    /// <summary>How old the known end of the partition may be: readers that begin behind a first attempt read back to it.</summary>
    private static readonly TimeSpan s_floorAge = TimeSpan.FromSeconds(10);

    private readonly IPartitionedHub _hub;
    private readonly string _partition;
    private readonly TimeProvider _time;
    private readonly ulong _sender = BitConverter.ToUInt64(Guid.NewGuid().ToByteArray());
    private readonly Channel<Waiting> _waiting = Channel.CreateUnbounded<Waiting>(new UnboundedChannelOptions { SingleReader = true });
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _sending;
    private ulong _number;
    private ulong _floor;
    private long _floorAt = long.MinValue;
    private bool _isFailing;

    public PartitionSender(IPartitionedHub hub, string partition, TimeProvider time)
    {
        _hub = hub;
        _partition = partition;
        _time = time;
        _sending = Task.Run(SendAsync);
    }

    /// <summary>In the order of the calls. The queue has no bound of its own: what is under way is bounded where batches are taken in.</summary>
    /// <returns>Fails with <see cref="LogUnavailableException"/> when it was given up.</returns>
    public Task EnqueueAsync(byte[] batch, long newestMs)
    {
        var waiting = new Waiting(batch, newestMs, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        return _waiting.Writer.TryWrite(waiting) ? waiting.Done.Task : Task.FromException(new LogUnavailableException("this node is stopping"));
    }

    /// <summary>Ends what is under way, as far as the hub takes it at once.</summary>
    public async ValueTask DisposeAsync()
    {
        _waiting.Writer.TryComplete();
        await _stop.CancelAsync();
        await _sending;
        _stop.Dispose();
    }

    private async Task SendAsync()
    {
        Waiting? next = null;
        while (next is not null || await _waiting.Reader.WaitToReadAsync())
        {
            var group = new List<Waiting>();
            int bytes = 0;
            while (next is not null || _waiting.Reader.TryRead(out next))
            {
                bytes += next.Batch.Length + EventEnvelope.HeaderBytes + _hub.EventOverheadBytes;
                if (group.Count > 0 && bytes > _hub.MaxSendBytes)
                {
                    break;
                }
                group.Add(next);
                next = null;
            }
            await SendAsync(group);
        }
    }

    private async Task SendAsync(List<Waiting> group)
    {
        EventEnvelope[] envelopes = [.. group.Select(w => new EventEnvelope(_sender, ++_number, null, w.NewestMs, w.Batch))];
        Exception? failure = await TrySendAsync(envelopes);
        _isFailing = failure is not null;
        foreach (Waiting waiting in group)
        {
            if (failure is null)
            {
                waiting.Done.SetResult();
            }
            else
            {
                waiting.Done.SetException(new LogUnavailableException($"partition {_partition} of {_hub.Name} does not take what is sent to it: {failure.Message.TrimEnd('.')}. Whether it has it is not known.", failure));
            }
        }
    }

    /// <returns>Null: the hub has them.</returns>
    private async Task<Exception?> TrySendAsync(EventEnvelope[] envelopes)
    {
        long started = _time.GetTimestamp();
        TimeSpan pause = s_firstPause;
        bool wasSent = false;
        while (true)
        {
            try
            {
                // Before the first attempt, or it would not bound where that one may lie.
                if (!wasSent)
                {
                    await RefreshFloorAsync();
                }
                ReadOnlyMemory<byte>[] events = Array.ConvertAll(envelopes, e => (ReadOnlyMemory<byte>)(wasSent ? e with { Floor = _floor } : e).ToArray());
                wasSent = true;
                await _hub.SendAsync(_partition, events, CancellationToken.None);
                return null;
            }
            catch (Exception error)
            {
                // After one that was given up the next ones get one attempt: their senders shall not all wait for half a minute.
                if (_isFailing || _stop.IsCancellationRequested || _time.GetElapsedTime(started) >= s_patience)
                {
                    return error;
                }
            }
            await Task.Delay(pause, _time, _stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            pause = pause * 2 < s_longestPause ? pause * 2 : s_longestPause;
        }
    }

    private async Task RefreshFloorAsync()
    {
        if (_floorAt == long.MinValue || _time.GetElapsedTime(_floorAt) > s_floorAge)
        {
            long asked = _time.GetTimestamp();
            _floor = (await _hub.ExtentAsync(_partition, CancellationToken.None)).Next - 1;
            _floorAt = asked;
        }
    }

    private sealed record Waiting(byte[] Batch, long NewestMs, TaskCompletionSource Done);
}
