using System.Runtime.CompilerServices;
using MetricsGrains.Server.Partitioned;

namespace MetricsGrains.Server.Tests.Partitioned;

/// <summary>A hub in memory that keeps to the port, and fails where the test says so.</summary>
internal sealed class InMemoryHub(int partitions) : IPartitionedHub
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, Partition> _partitions = Enumerable.Range(0, partitions).ToDictionary(i => $"{i}", _ => new Partition());

    public string Name => "test/hub";

    public int MaxSendBytes { get; init; } = 100_000;

    public int EventOverheadBytes => 64;

    /// <summary>Asked before each send takes effect; an exception fails it.</summary>
    public Func<string, Task> Sending { get; set; } = _ => Task.CompletedTask;

    /// <summary>Asked after each send has taken effect; an exception loses the answer.</summary>
    public Func<string, Task> Sent { get; set; } = _ => Task.CompletedTask;

    /// <summary>Asked before each event is given to a reader.</summary>
    public Func<Task> Reading { get; set; } = () => Task.CompletedTask;

    public Func<long> Clock { get; init; } = () => 1_767_000_000_000;

    /// <summary>Sizes of the sends that took effect, in bytes.</summary>
    public List<int> Sends { get; } = [];

    public Task<IReadOnlyList<string>> PartitionsAsync(CancellationToken cancel) => Task.FromResult<IReadOnlyList<string>>([.. _partitions.Keys]);

    public async Task SendAsync(string partition, IReadOnlyList<ReadOnlyMemory<byte>> events, CancellationToken cancel)
    {
        int bytes = events.Sum(e => e.Length + EventOverheadBytes);
        Assert.True(bytes <= MaxSendBytes, $"{bytes} bytes at once");
        await Sending(partition);
        lock (_gate)
        {
            Sends.Add(bytes);
        }
        foreach (ReadOnlyMemory<byte> body in events)
        {
            Put(partition, body.ToArray());
        }
        await Sent(partition);
    }

    /// <summary>Somebody else sends this.</summary>
    public void Put(string partition, byte[] body)
    {
        TaskCompletionSource arrived;
        lock (_gate)
        {
            Partition to = _partitions[partition];
            to.Events.Add(new HubEvent(to.First + (ulong)to.Events.Count, Clock(), body));
            arrived = to.Arrived;
            to.Arrived = NewSignal();
        }
        arrived.SetResult();
    }

    /// <summary>The hub's time for events is over for those before this one.</summary>
    public void Forget(string partition, ulong before)
    {
        lock (_gate)
        {
            Partition from = _partitions[partition];
            from.Events.RemoveRange(0, (int)(before - from.First));
            from.First = before;
        }
    }

    public IReadOnlyList<HubEvent> EventsOf(string partition)
    {
        lock (_gate)
        {
            return [.. _partitions[partition].Events];
        }
    }

    public Task<PartitionExtent> ExtentAsync(string partition, CancellationToken cancel)
    {
        lock (_gate)
        {
            Partition of = _partitions[partition];
            return Task.FromResult(new PartitionExtent(of.First, of.First + (ulong)of.Events.Count));
        }
    }

    public async IAsyncEnumerable<HubEvent> ReadAsync(string partition, ulong from, ulong through, [EnumeratorCancellation] CancellationToken cancel)
    {
        ulong next = from;
        while (next <= through)
        {
            HubEvent? found;
            Task arrived;
            lock (_gate)
            {
                Partition of = _partitions[partition];
                next = Math.Max(next, of.First);
                int index = (int)(next - of.First);
                found = next <= through && index < of.Events.Count ? of.Events[index] : null;
                arrived = of.Arrived.Task;
            }
            if (found is { } read)
            {
                await Reading();
                yield return read;
                next++;
            }
            else if (next > through)
            {
                yield break;
            }
            else
            {
                await arrived.WaitAsync(cancel);
            }
        }
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private sealed class Partition
    {
        public ulong First { get; set; } = 1;

        public List<HubEvent> Events { get; } = [];

        public TaskCompletionSource Arrived { get; set; } = NewSignal();
    }
}
