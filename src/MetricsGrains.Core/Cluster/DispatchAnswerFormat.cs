using MetricsGrains.Core.Model;
using MetricsGrains.Core.Ports;

namespace MetricsGrains.Core.Cluster;

/// <summary>The binary form of <see cref="DispatchAnswer"/>; docs/formats/dispatch.md draws it.</summary>
public static class DispatchAnswerFormat
{
    private const byte Version = 1;

    public static byte[] Encode(DispatchAnswer answer)
    {
        var buffer = new GrowableBuffer();
        buffer.Append([Version, (byte)answer.Status]);
        buffer.AppendVarint(answer.Epoch);
        buffer.AppendVarint(answer.AppliedThrough);
        // Sequences begin at 1.
        buffer.AppendVarint(answer.NeededFrom ?? 0);
        buffer.AppendVarint((ulong)answer.Accepted);
        buffer.AppendVarint((ulong)answer.Refusals.Count);
        foreach (Refusal refusal in answer.Refusals)
        {
            buffer.AppendVarint((ulong)refusal.Slice);
            buffer.AppendVarint(Varint.ZigZag(refusal.Series));
            buffer.Append([(byte)refusal.Reason]);
            buffer.AppendVarint((ulong)refusal.Samples);
            buffer.AppendText(refusal.Detail);
        }
        return buffer.Written.ToArray();
    }

    /// <returns>False: the bytes are damaged, or of a newer version.</returns>
    public static bool TryDecode(ReadOnlySpan<byte> bytes, out DispatchAnswer answer)
    {
        answer = DispatchAnswer.Failed;
        int at = 2;
        if (bytes.Length < 2 || bytes[0] != Version || bytes[1] is < (byte)DispatchStatus.InStep or > (byte)DispatchStatus.Failed
            || !Wire.TryNumber(bytes, ref at, out ulong epoch) || !Wire.TryNumber(bytes, ref at, out ulong applied) || !Wire.TryNumber(bytes, ref at, out ulong needed)
            || !Wire.TryNumber(bytes, ref at, out ulong accepted) || !Wire.TryNumber(bytes, ref at, out ulong count) || count > (ulong)bytes.Length)
        {
            return false;
        }
        var refusals = new List<Refusal>((int)count);
        for (ulong i = 0; i < count; i++)
        {
            if (!TryRefusal(bytes, ref at, out Refusal? refusal))
            {
                return false;
            }
            refusals.Add(refusal);
        }
        answer = new DispatchAnswer((DispatchStatus)bytes[1], epoch, applied, needed == 0 ? null : needed, (long)accepted, refusals);
        return true;
    }

    /// <summary>The answers to a dispatch, in the order of its groups.</summary>
    public static byte[] Join(IReadOnlyList<byte[]> answers)
    {
        var buffer = new GrowableBuffer();
        foreach (byte[] answer in answers)
        {
            buffer.AppendPrefixed(answer);
        }
        return buffer.Written.ToArray();
    }

    /// <summary>What <see cref="Join"/> made; a part that can't be read counts as failed.</summary>
    public static IReadOnlyList<DispatchAnswer> Split(ReadOnlySpan<byte> bytes)
    {
        var answers = new List<DispatchAnswer>();
        int at = 0;
        while (at < bytes.Length && Wire.TryBytes(bytes, ref at, out ReadOnlySpan<byte> part))
        {
            TryDecode(part, out DispatchAnswer answer);
            answers.Add(answer);
        }
        return answers;
    }

    private static bool TryRefusal(ReadOnlySpan<byte> bytes, ref int at, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out Refusal? refusal)
    {
        refusal = null;
        if (!Wire.TryNumber(bytes, ref at, out ulong slice) || !Wire.TryNumber(bytes, ref at, out ulong series) || at >= bytes.Length)
        {
            return false;
        }
        var reason = (RefusalReason)bytes[at++];
        if (!Wire.TryNumber(bytes, ref at, out ulong samples) || !Wire.TryText(bytes, ref at, out string detail))
        {
            return false;
        }
        refusal = new Refusal((int)slice, (int)Varint.UnZigZag(series), reason, (int)samples, detail);
        return true;
    }
}
