"""source: log files → line batches, and back: record numbers → checkpoint. Only here is a file a file.

    discovery ─ which files are there?          identity ─ is this the file it was?
    registry  ─ the ledger's entry of a file    missing  ─ known, but not found     copies ─ copytruncate
    roster    ─ which files are followed        arrivals ─ which is this one?       streams ─ in turn
    tail      ─ one file → lines                replay   ─ again                    likeness ─ by name
    generations ─ came and went unseen
    ledger    ─ which lines are still open      checkpoint ─ the ledger on disk     wakeup ─ look now!
    archives  ─ which file is this archive?     compressed ─ its bytes, by offset   gunzip ─ decoders
    window    ─ bytes that come one way         lines ─ bytes → lines               nul ─ holes in files

`files.LogFiles` joins them and is what the pipeline sees; `given` reads what the command line names.
"""
