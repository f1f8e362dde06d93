using MetricsGrains.Core.Cluster;
using MetricsGrains.Core.Model;

namespace MetricsGrains.Core.Wire;

/// <summary>The bytes of a <see cref="DispatchAnswer"/>; docs/formats/dispatch.md draws them.</summary>
public static class DispatchAnswerCodec
{
    public const byte Version = 1;

    public static byte[] Encode(DispatchAnswer answer)
    {
        MessageWriter to = MessageWriter.Start(Version);
        to.Byte((byte)answer.Status);
        to.Unsigned(answer.Epoch);
        to.Unsigned(answer.AppliedThrough);
        // Sequences begin at 1.
        to.Unsigned(answer.NeededFrom ?? 0);
        AppendResultForm.Write(to, answer.Result);
        return to.Finish();
    }

    /// <exception cref="MessageFormatException">The bytes are no answer that this version understands.</exception>
    public static DispatchAnswer Decode(ReadOnlySpan<byte> bytes)
    {
        MessageReader from = MessageReader.Start(bytes, "An answer to a dispatch", Version);
        var status = (DispatchStatus)from.Byte();
        if (status is < DispatchStatus.InStep or > DispatchStatus.Failed)
        {
            throw from.Damaged($"a status is {(byte)status}, which this program does not know");
        }
        (ulong epoch, ulong applied, ulong needed) = (from.Unsigned(), from.Unsigned(), from.Unsigned());
        return new DispatchAnswer(status, epoch, applied, needed == 0 ? null : needed, AppendResultForm.Read(ref from));
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

    /// <summary>What <see cref="Join"/> made. One that can't be read counts as failed: its group is sent again. Of what is cut there are fewer answers than groups.</summary>
    public static IReadOnlyList<DispatchAnswer> Split(ReadOnlySpan<byte> bytes)
    {
        var answers = new List<DispatchAnswer>();
        int at = 0;
        while (at < bytes.Length && DispatchParts.TryBytes(bytes, ref at, out ReadOnlySpan<byte> part))
        {
            answers.Add(DecodeOrFailed(part));
        }
        return answers;
    }

    private static DispatchAnswer DecodeOrFailed(ReadOnlySpan<byte> bytes)
    {
        try
        {
            return Decode(bytes);
        }
        catch (MessageFormatException)
        {
            return DispatchAnswer.Failed;
        }
    }
}
