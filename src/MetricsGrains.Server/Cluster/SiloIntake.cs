using MetricsGrains.Core.Cluster;
using MetricsGrains.Core.Wire;

namespace MetricsGrains.Server.Cluster;

/// <summary>Takes a dispatch apart and has every metric's grain handle its group.</summary>
public static class SiloIntake
{
    /// <param name="handle">Hands a group (metric, origin, completeFromMs, the group's bytes) to the metric's grain; its failure costs that group alone.</param>
    /// <returns>The answers, joined in the order of the groups. Damaged bytes end the walk: the groups behind count as failed.</returns>
    public static async Task<byte[]> HandleAsync(ReadOnlyMemory<byte> dispatch, Func<string, string, long, ReadOnlyMemory<byte>, Task<byte[]>> handle)
    {
        var answers = new List<Task<byte[]>>();
        Start(dispatch, answers, handle);
        return DispatchAnswerCodec.Join(await Task.WhenAll(answers));
    }

    private static void Start(ReadOnlyMemory<byte> dispatch, List<Task<byte[]>> answers, Func<string, string, long, ReadOnlyMemory<byte>, Task<byte[]>> handle)
    {
        if (!DispatchReader.TryRead(dispatch.Span, out DispatchReader reader))
        {
            return;
        }
        while (reader.MoveNext())
        {
            ReadOnlyMemory<byte> bytes = dispatch[reader.Current];
            answers.Add(DispatchGroup.TryRead(bytes.Span, out DispatchGroup group)
                ? HandleAsync(handle, group.Metric, reader.Origin, reader.CompleteFromMs, bytes)
                : Task.FromResult(DispatchAnswerCodec.Encode(DispatchAnswer.Failed)));
        }
    }

    private static async Task<byte[]> HandleAsync(Func<string, string, long, ReadOnlyMemory<byte>, Task<byte[]>> handle, string metric, string origin, long completeFromMs, ReadOnlyMemory<byte> group)
    {
        try
        {
            return await handle(metric, origin, completeFromMs, group);
        }
        catch (Exception)
        {
            // Whatever kept the grain from answering: its origin asks it again.
            return DispatchAnswerCodec.Encode(DispatchAnswer.Failed);
        }
    }
}
