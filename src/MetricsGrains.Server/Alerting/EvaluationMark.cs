using System.Globalization;

namespace MetricsGrains.Server.Alerting;

/// <summary>
/// Until when rules were evaluated, in a small file: after a start the history can say that nobody looked in between. Written without fsync, for it
/// is only a note: after a power cut it may be a minute short.
/// </summary>
public sealed class EvaluationMark(string path)
{
    /// <summary>Unix ms; 0 when it is not known.</summary>
    public long Read()
    {
        try
        {
            return long.TryParse(File.ReadAllText(path), NumberStyles.None, CultureInfo.InvariantCulture, out long unixMs) ? unixMs : 0;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return 0;
        }
    }

    public void Write(long unixMs)
    {
        try
        {
            File.WriteAllText(path, unixMs.ToString(CultureInfo.InvariantCulture));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // A full disk is said by those whose writes matter.
        }
    }
}
