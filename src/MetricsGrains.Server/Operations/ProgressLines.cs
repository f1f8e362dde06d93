using System.Globalization;

namespace MetricsGrains.Server.Operations;

/// <summary>Plain lines for files and pipes: at most one each tenth of the way or ten seconds.</summary>
internal sealed class ProgressLines(TextWriter output, TimeProvider time) : IProgressDisplay
{
    private static readonly TimeSpan s_silence = TimeSpan.FromSeconds(10);

    private string _stage = "";
    private long _tenth;
    private long _saidAt;
    private long _began;
    private long _beganDone;

    public async Task<T> RunAsync<T>(Func<Action<StageProgress>, Task<T>> body) => await body(Show);

    private void Show(StageProgress progress)
    {
        long tenth = progress.Total == 0 ? 0 : progress.Done * 10 / progress.Total;
        bool begins = progress.Stage != _stage;
        if (!begins && tenth == _tenth && time.GetElapsedTime(_saidAt) < s_silence)
        {
            return;
        }
        if (begins)
        {
            (_stage, _began, _beganDone) = (progress.Stage, time.GetTimestamp(), progress.Done);
        }
        _tenth = tenth;
        _saidAt = time.GetTimestamp();
        output.WriteLine(Line(progress));
        output.Flush();
    }

    private string Line(StageProgress progress)
    {
        string what = progress.Subject.Length == 0 ? progress.Stage : $"{progress.Stage} {progress.Subject}";
        if (progress.Total == 0)
        {
            return progress.Done == 0 ? what : string.Create(CultureInfo.InvariantCulture, $"{what}: {progress.Done:N0} {progress.Unit}");
        }
        double seconds = time.GetElapsedTime(_began).TotalSeconds;
        string speed = seconds < 1 ? "" : string.Create(CultureInfo.InvariantCulture, $", {(progress.Done - _beganDone) / seconds:N0} {progress.Unit}/s");
        return string.Create(CultureInfo.InvariantCulture, $"{what}: {progress.Done:N0} of {progress.Total:N0} {progress.Unit} ({100.0 * progress.Done / progress.Total:N0} %){speed}");
    }
}
