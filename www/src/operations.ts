// Every operation of this visit, followed through its stages.
import type { OperationReceipt, OperationStage, Session } from 'hallpass'
import type { Action } from './actions'
import type { Counters } from './counters'
import { faultOf, type Fault } from './faults'
import { count } from './format'
import { Signal } from './signal'
import { announce } from './ui/dom'

/** `failed`: it was not sent, or its calls were undone. */
export type Stage = OperationStage | 'started' | 'failed'

export interface Operation {
  readonly number: number
  readonly label: string
  readonly calls: number
  readonly startedAt: number
  stage: Stage
  /** Stages passed, in order. */
  readonly passed: OperationStage[]
  /** Milliseconds until it was included or failed. */
  took?: number
  receipt?: OperationReceipt
  fault?: Fault
}

export class Operations {
  /** Newest first. */
  readonly all: Operation[] = []
  readonly changed = new Signal()

  constructor(private readonly counters: Counters) {}

  /** Sends an action and answers its receipt, or null when it failed. What happens is in the list: nothing is thrown. */
  async run(session: Session, { label, calls }: Action): Promise<OperationReceipt | null> {
    const operation: Operation = {
      number: this.all.length + 1,
      label,
      calls: calls.length,
      startedAt: performance.now(),
      stage: 'started',
      passed: [],
    }
    this.all.unshift(operation)
    this.changed.emit()
    try {
      for await (const { name, receipt } of session.sendCalls({ calls }).stages) {
        operation.stage = name
        operation.passed.push(name)
        if (receipt) operation.receipt = receipt
        if (name === 'included') this.finish(operation)
        this.changed.emit()
      }
      return operation.receipt?.success === false ? null : (operation.receipt ?? null)
    } catch (thrown) {
      // Undone calls: the stage was `included`, and the gas is paid.
      operation.fault = faultOf(thrown)
      operation.stage = 'failed'
      operation.took ??= performance.now() - operation.startedAt
      announce(`${label} failed. ${operation.fault.message}`)
      this.changed.emit()
      return null
    }
  }

  private finish(operation: Operation) {
    operation.took = performance.now() - operation.startedAt
    this.counters.operation(operation.calls)
    const gas = operation.receipt ? `, ${count(operation.receipt.gasUsed, 'unit')} of gas` : ''
    announce(`${operation.label}: included${gas}`)
  }
}
