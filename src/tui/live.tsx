import { render, useInput } from 'ink'
import { type ReactNode, useEffect, useState } from 'react'
import { Board } from './board.tsx'
import { advance, type BoardState, emptyBoard } from './board-state.ts'
import type { View } from './event.ts'
import { boardColumns } from './words.ts'

const frameMilliseconds = 120

/** The live board on stderr. */
export function liveView(): View {
  let state: BoardState = emptyBoard(Date.now())
  let interrupt: () => void = () => undefined
  const Live = (): ReactNode => {
    const [, redraw] = useState(0)
    useEffect(() => {
      const timer = setInterval(() => redraw((frame) => frame + 1), frameMilliseconds)
      return () => clearInterval(timer)
    }, [])
    useInput((input, key) => {
      if (key.ctrl && input === 'c') interrupt()
    })
    return <Board state={state} now={Date.now()} columns={boardColumns(process.stderr.columns)} />
  }
  const app = render(<Live />, { stdout: process.stderr, exitOnCtrlC: false, patchConsole: false })
  return {
    event(event) {
      state = advance(state, event)
    },
    remark(text) {
      state = advance(state, { kind: 'remark', text })
    },
    onInterrupt(stop) {
      interrupt = stop
    },
    close() {
      app.unmount()
    },
  }
}
