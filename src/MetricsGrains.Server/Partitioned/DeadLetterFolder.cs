using System.Globalization;
using MetricsGrains.Core.Model;

namespace MetricsGrains.Server.Partitioned;

/// <summary>Dead letters as files: the event as it came, named by its partition and sequence. When there are too many the oldest files go.</summary>
public sealed class DeadLetterFolder(string folder, int most = 1_000) : IDeadLetters
{
    private const string Extension = ".event";

    private readonly SemaphoreSlim _gate = new(1, 1);

    public async Task AddAsync(DeadLetter letter, CancellationToken cancel)
    {
        await _gate.WaitAsync(cancel);
        try
        {
            Directory.CreateDirectory(folder);
            string path = Path.Combine(folder, NameOf(letter));
            if (File.Exists(path))
            {
                return;
            }
            // A name at a time: half a file under the final one would be taken for the whole the next time.
            string draft = path + ".tmp";
            await File.WriteAllBytesAsync(draft, letter.Body.ToArray(), cancel);
            File.Move(draft, path, overwrite: true);
            foreach (FileInfo old in new DirectoryInfo(folder).GetFiles("*" + Extension).OrderByDescending(f => f.LastWriteTimeUtc).ThenByDescending(f => f.Name, StringComparer.Ordinal).Skip(most))
            {
                old.Delete();
            }
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <summary>A partition's name is not always one for a file.</summary>
    private static string NameOf(DeadLetter letter)
    {
        string readable = string.Concat(letter.Origin.Select(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '.' ? c : '_'));
        return string.Create(CultureInfo.InvariantCulture, $"{readable[Math.Max(0, readable.Length - 100)..]}-{StableHash.Of(letter.Origin):x16}-{letter.Sequence:d20}{Extension}");
    }
}
