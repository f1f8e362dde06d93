using System.Globalization;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace MetricsGrains.Server.Operations;

/// <summary>A bar a stage, for a terminal.</summary>
internal sealed class ProgressBars(IAnsiConsole console, TimeProvider time) : IProgressDisplay
{
    public Task<T> RunAsync<T>(Func<Action<StageProgress>, Task<T>> body)
    {
        var counts = new CountColumn(time);
        Progress display = console.Progress().AutoClear(false)
            .Columns(new TaskDescriptionColumn { Alignment = Justify.Left }, new ProgressBarColumn(), new PercentageColumn(), counts, new RemainingTimeColumn());
        return display.StartAsync(async bars =>
        {
            ProgressTask? bar = null;
            string stage = "";
            return await body(progress =>
            {
                if (bar is null || progress.Stage != stage)
                {
                    stage = progress.Stage;
                    bar?.StopTask();
                    bar = bars.AddTask(Markup.Escape(stage));
                    bar.State.Update<long>(CountColumn.Began, _ => time.GetTimestamp());
                    bar.State.Update<long>(CountColumn.BeganDone, _ => progress.Done);
                }
                counts.Unit = progress.Unit;
                bar.Description = Markup.Escape(progress.Subject.Length == 0 ? stage : $"{stage} {progress.Subject}");
                bar.IsIndeterminate = progress.Total == 0;
                bar.MaxValue = Math.Max(1, progress.Total);
                bar.Value = progress.Done;
            });
        });
    }

    /// <summary>"1,234,567 rows, 210,000/s".</summary>
    private sealed class CountColumn(TimeProvider time) : ProgressColumn
    {
        public const string Began = "began", BeganDone = "began_done";

        public string Unit { get; set; } = "";

        public override IRenderable Render(RenderOptions options, ProgressTask task, TimeSpan deltaTime)
        {
            double seconds = time.GetElapsedTime(task.State.Get<long>(Began)).TotalSeconds;
            double speed = seconds < 0.5 ? 0 : (task.Value - task.State.Get<long>(BeganDone)) / seconds;
            return new Text(task.IsIndeterminate ? "" : string.Create(CultureInfo.InvariantCulture, $"{task.Value:N0} {Unit}, {speed:N0}/s"));
        }
    }
}
