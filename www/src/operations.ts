// Every operation of this visit, followed through its stages.
import { HallpassError, type OperationReceipt, type OperationStage, type Session } from 'hallpass'
import type { Action } from './actions'
import type { Counters } from './counters'
import { faultOf, type Fault } from './faults'
import { count } from './format'
import { Signal } from './signal'
import { announce } from './ui/dom'

/** `failed`: it was not sent, it never lands, or its calls were undone. */
export type Stage = OperationStage | 'started' | 'failed'

export interface Operation {
  readonly number: number
  readonly label: string
  readonly calls: number
  readonly startedAt: number
  /** Id of its sending. */
  id?: string
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
      const sending = session.sendCalls({ calls })
      operation.id = sending.id
      for await (const { name, receipt } of sending.stages) {
        operation.stage = name
        operation.passed.push(name)
        if (receipt) operation.receipt = receipt
        if (name === 'included') this.finish(operation)
        this.changed.emit()
      }
      return await sending.wait()
    } catch (thrown) {
      // Undone calls: the stage was `included`, and the gas is paid.
      operation.fault = faultOf(thrown)
      operation.stage = thrown instanceof HallpassError && thrown.mayStillLand ? 'unknown' : 'failed'
      operation.took ??= performance.now() - operation.startedAt
      announce(`${label} failed. ${operation.fault.message}`)
      this.changed.emit()
      return null
    }
  }

  /** An operation landed after its failure was told. */
  landed(id: string, receipt: OperationReceipt) {
    const operation = this.all.find((one) => one.id === id)
    if (operation === undefined) return
    operation.receipt = receipt
    operation.passed.push('included')
    operation.stage = receipt.success ? 'included' : 'failed'
    if (receipt.success) delete operation.fault
    this.finish(operation)
    this.changed.emit()
  }

  private finish(operation: Operation) {
    operation.took = performance.now() - operation.startedAt
    this.counters.operation(operation.calls)
    const gas = operation.receipt ? `, ${count(operation.receipt.gasUsed, 'unit')} of gas` : ''
    announce(`${operation.label}: included${gas}`)
  }
}
