using System.Runtime.CompilerServices;
using Azure.Messaging.EventHubs;
using Azure.Messaging.EventHubs.Consumer;
using Azure.Messaging.EventHubs.Primitives;
using Azure.Messaging.EventHubs.Producer;
using MetricsGrains.Server.Options;
using MetricsGrains.Server.Partitioned;

namespace MetricsGrains.Streaming.EventHubs;

/// <summary>
/// An Azure event hub. Its sequence numbers begin at 0, ours at 1. The clients are used and not the Orleans stream provider that the package is for: that one keeps its own
/// checkpoints and hands events on without saying which were there before, and exactly-once rests on our cursors, which count by the hub's numbers.
/// </summary>
public sealed class AzureHub : IPartitionedHub
{
    private const int EventsAtOnce = 256;

    /// <summary>Of a receive: an event that comes is given at once.</summary>
    private static readonly TimeSpan s_receive = TimeSpan.FromSeconds(1);

    /// <summary>So many receives in a row give nothing although the hub says that there is something.</summary>
    private const int MostEmpty = 10;

    /// <summary>For what frames a send as a whole.</summary>
    private const int FrameBytes = 1_024;

    private static readonly TimeSpan s_try = TimeSpan.FromSeconds(10);

    private readonly string _connectionString;
    private readonly string _hub;
    private readonly string _consumerGroup;
    private readonly EventHubProducerClient _producer;
    private readonly string[] _partitions;

    private AzureHub(EventHubsOptions settings, EventHubProducerClient producer, EventHubProperties properties, long maxSendBytes)
    {
        (_connectionString, _hub, _consumerGroup) = (settings.ConnectionString, settings.Hub, settings.ConsumerGroup);
        _producer = producer;
        _partitions = [.. properties.PartitionIds.OrderBy(p => p.Length).ThenBy(p => p, StringComparer.Ordinal)];
        // A hub that was deleted and made again counts from 0 anew: the time at which it was made keeps its events apart from those that the store knows.
        Name = $"{producer.FullyQualifiedNamespace}/{settings.Hub}@{properties.CreatedOn.ToUnixTimeSeconds()}";
        MaxSendBytes = (int)Math.Min(maxSendBytes, int.MaxValue) - FrameBytes;
    }

    public string Name { get; }

    public int MaxSendBytes { get; }

    public int EventOverheadBytes => 64;

    /// <exception cref="HubUnavailableException">The hub does not answer, or refuses who asks.</exception>
    public static async Task<IPartitionedHub> OpenAsync(EventHubsOptions settings, CancellationToken cancel)
    {
        // Repeats are ours: one by the client would be in the hub without the mark that tells readers so.
        var options = new EventHubProducerClientOptions { RetryOptions = new EventHubsRetryOptions { MaximumRetries = 0, TryTimeout = s_try } };
        EventHubProducerClient? producer = null;
        try
        {
            producer = new EventHubProducerClient(settings.ConnectionString, settings.Hub, options);
            EventHubProperties properties = await producer.GetEventHubPropertiesAsync(cancel);
            using EventDataBatch empty = await producer.CreateBatchAsync(cancel);
            return new AzureHub(settings, producer, properties, empty.MaximumSizeInBytes);
        }
        catch (Exception error) when (!cancel.IsCancellationRequested)
        {
            await (producer?.DisposeAsync() ?? ValueTask.CompletedTask);
            throw new HubUnavailableException($"the event hub '{settings.Hub}' can't be opened: {error.Message}", error);
        }
    }

    /// <summary>As they were when this was opened: a metric's partition follows from how many there are, so who adds some restarts the silos.</summary>
    public Task<IReadOnlyList<string>> PartitionsAsync(CancellationToken cancel) => Task.FromResult<IReadOnlyList<string>>(_partitions);

    public async Task SendAsync(string partition, IReadOnlyList<ReadOnlyMemory<byte>> events, CancellationToken cancel)
    {
        try
        {
            // One message to the hub, which takes it whole or not at all.
            await _producer.SendAsync(events.Select(e => new EventData(e)), new SendEventOptions { PartitionId = partition }, cancel);
        }
        catch (Exception error) when (!cancel.IsCancellationRequested)
        {
            throw Unavailable(partition, error);
        }
    }

    public async Task<PartitionExtent> ExtentAsync(string partition, CancellationToken cancel)
    {
        try
        {
            PartitionProperties properties = await _producer.GetPartitionPropertiesAsync(partition, cancel);
            ulong next = (ulong)(properties.LastEnqueuedSequenceNumber + 2);
            return new PartitionExtent(properties.IsEmpty ? next : (ulong)Math.Max(properties.BeginningSequenceNumber + 1, 1), next);
        }
        catch (Exception error) when (!cancel.IsCancellationRequested)
        {
            throw Unavailable(partition, error);
        }
    }

    public async IAsyncEnumerable<HubEvent> ReadAsync(string partition, ulong from, ulong through, [EnumeratorCancellation] CancellationToken cancel)
    {
        PartitionExtent extent = await ExtentAsync(partition, cancel);
        ulong next = Math.Max(from, extent.First);
        if (next > through)
        {
            yield break;
        }
        // Behind the last one read, because a position that is not there yet is refused.
        EventPosition position = next == extent.First ? EventPosition.Earliest : EventPosition.FromSequenceNumber((long)next - 2, isInclusive: false);
        PartitionReceiver receiver = NewReceiver(partition, position);
        int empty = 0;
        try
        {
            while (next <= through)
            {
                IReadOnlyList<EventData>? received = await TryReceiveAsync(receiver, partition, cancel);
                if (received is null)
                {
                    await receiver.DisposeAsync();
                    receiver = NewReceiver(partition, EventPosition.Earliest);
                    received = [];
                }
                empty = received.Count == 0 ? empty + 1 : 0;
                foreach (EventData data in received)
                {
                    ulong sequence = (ulong)data.SequenceNumber + 1;
                    if (sequence > through)
                    {
                        yield break;
                    }
                    // From the earliest, or by a position that the hub took for less than it is, earlier ones come too.
                    if (sequence >= next)
                    {
                        yield return new HubEvent(sequence, data.EnqueuedTime.ToUnixTimeMilliseconds(), data.EventBody.ToMemory());
                        next = sequence + 1;
                    }
                }
                if (through != ulong.MaxValue && empty > 0)
                {
                    if ((await ExtentAsync(partition, cancel)).First > through)
                    {
                        yield break;
                    }
                    if (empty >= MostEmpty)
                    {
                        throw new HubUnavailableException($"partition {partition} of {Name} does not give events {next} to {through}");
                    }
                }
            }
        }
        finally
        {
            await receiver.DisposeAsync();
        }
    }

    public ValueTask DisposeAsync() => _producer.DisposeAsync();

    private PartitionReceiver NewReceiver(string partition, EventPosition position) => new(_consumerGroup, partition, position, _connectionString, _hub);

    /// <returns>Null: the hub does not know the position; what was there is forgotten.</returns>
    private async Task<IReadOnlyList<EventData>?> TryReceiveAsync(PartitionReceiver receiver, string partition, CancellationToken cancel)
    {
        try
        {
            return [.. await receiver.ReceiveBatchAsync(EventsAtOnce, s_receive, cancel)];
        }
        catch (ArgumentException) when (receiver.InitialPosition != EventPosition.Earliest)
        {
            return null;
        }
        catch (Exception error) when (!cancel.IsCancellationRequested)
        {
            throw Unavailable(partition, error);
        }
    }

    private HubUnavailableException Unavailable(string partition, Exception error) => new($"partition {partition} of {Name} does not answer: {error.Message}", error);
}
