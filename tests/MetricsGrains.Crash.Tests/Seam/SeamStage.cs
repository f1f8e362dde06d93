namespace MetricsGrains.Crash.Tests.Seam;

/// <summary>The moments within a query at which something else may happen.</summary>
public enum SeamStage
{
    MemoryRead,
    BeforeFirstCursors,
    BeforeFind,
    BeforeRead,
    AfterRead,
    BeforeLastCursors,
    BeforeEpoch,
}
